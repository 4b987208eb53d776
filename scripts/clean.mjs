// Removes the folders that are named on the command line, so that nothing of an older build is left in them.
import { rmSync } from 'node:fs';

for (const folder of process.argv.slice(2)) rmSync(folder, { recursive: true, force: true });
