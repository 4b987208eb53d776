import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const made = new URL('../../../certs/made/', import.meta.url);

/** The path of a file of certs/made. */
export const pathOf = (file: string): string => fileURLToPath(new URL(file, made));

/** A file of certs/made as text. */
export const pem = (file: string): string => readFileSync(pathOf(file), 'utf8');
