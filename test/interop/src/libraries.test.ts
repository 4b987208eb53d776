import { libraries } from './suite.js';

await libraries();
