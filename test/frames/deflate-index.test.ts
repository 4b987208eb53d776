import t from 'tap';
import * as deflate from '../../src/frames/deflate-index.js';
import * as frames from '../../src/frames/index.js';

t.test('the public names of permessage-deflate', async (t) => {
  const names = 'DEFLATE_THRESHOLD Deflater DeflatingWriter Inflater KeptStreams LATER scratch';
  t.strictSame(Object.keys(deflate).sort(), names.split(' ').sort());
});

t.test('a writer that compresses is a writer', async (t) => {
  t.ok(deflate.DeflatingWriter.prototype instanceof frames.Writer);
});
