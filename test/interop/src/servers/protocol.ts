import process from 'node:process';

/** A server of ours tells the tests what happens: a line of JSON. */
export function tell(event: 'listening' | 'closed', facts: object): void {
  process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`);
}

/** The tests hold the other end of this pipe: when they are gone, however they ended, so is the server. */
export function endWithTheTests(): void {
  process.stdin.on('end', () => process.exit()).resume();
}
