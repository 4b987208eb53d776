// The package as it is built for its users. build/ is as deep as src/, so the path is the same for tsc and at run time.
export * from '../../../dist/index.js';
