// Only a dial that speaks TLS loads this file, and with it node:tls, the host check, and the reading of certificates.
export { handshakeFailed } from '../tls/index.js';
export { evidenceOf } from './evidence.js';
export { judgeSocket, loadJudge } from './judge.js';
export { connectTls } from './tls-socket.js';
