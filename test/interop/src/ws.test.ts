import { WS } from './engine.js';
import { interop } from './suite.js';

await interop(WS);
