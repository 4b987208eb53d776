export { type Challenge, hasToken, parseChallenges } from './challenge.js';
export { answerDigest, type DigestRequest, findDigest } from './digest.js';
export {
  type HandshakeContext,
  HandshakeError,
  type HandshakeErrorCode,
  type HandshakeFacts,
} from './error.js';
export { type Extension, type ExtensionParam, formatExtensions, parseExtensions } from './extensions.js';
export type { HeadersOption } from './header-options.js';
export { HandshakeHeaders } from './headers.js';
export type { Request, RequestHead, Response, ResponseHead } from './http-message.js';
export { acceptOf, createKey } from './key.js';
export { DEFAULT_HEAD_LIMITS, type HeadLimits } from './limits.js';
export {
  acceptOffer,
  checkAcceptance,
  makeOffer,
  PERMESSAGE_DEFLATE,
  type PerMessageDeflateAgreement,
  type PerMessageDeflateOptions,
} from './permessage-deflate.js';
export { buildTunnelRequest, checkTunnelResponse, type TunnelOptions } from './proxy-request.js';
export { hasHeader, headersForOthers, isSameOrigin, type Refusal, redirectedUrl } from './redirect.js';
export { basicAuthorization, buildRequest, effectiveProtocols, type RequestOptions } from './request.js';
export { RequestParser } from './request-parser.js';
export { buildRefusal, buildRefusalOf, buildResponse, type RefusalOptions, type ResponseOptions } from './response.js';
export { ResponseParser } from './response-parser.js';
export { checkResponse, type ExpectedResponse } from './response-rules.js';
export { parseRetryAfter } from './retry-after.js';
export { SocksClient } from './socks.js';
export { checkProtocols, selectProtocol } from './subprotocol.js';
export { parseUrl, type WebSocketUrl } from './url.js';
