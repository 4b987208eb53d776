import { PYTHON_WEBSOCKETS } from './engine.js';
import { interop } from './suite.js';

await interop(PYTHON_WEBSOCKETS);
