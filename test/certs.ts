import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

// This file runs from build/test; the certificates stay where they are.
const made = new URL('../../certs/made/', import.meta.url);

/** A file of certs/made as text. */
export const pem = (file: string): string => readFileSync(new URL(file, made), 'utf8');

/** The certificate NAME.pem of certs/made. */
export const certificate = (name: string): X509Certificate => new X509Certificate(pem(`${name}.pem`));
