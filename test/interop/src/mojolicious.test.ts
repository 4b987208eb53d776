import { MOJOLICIOUS } from './engine.js';
import { interop } from './suite.js';

await interop(MOJOLICIOUS);
