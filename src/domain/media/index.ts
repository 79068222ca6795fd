/**
 * Media: the files of customers, whether they brought them or somebody sent them, and the links under which they can be had.
 * The bytes lie in the blob store of platform/; what a message does with a file is the business of messages/.
 *
 * Imports events, audit, customers, db, platform and lib.
 */
export { deleteMedia } from './delete-media.ts';
export { describeFile, type FileFacts } from './describe-file.ts';
export {
  type Bringer,
  type FetchFailure,
  recordFetched,
  recordInboundFile,
  recordNotFetched,
  requestFetch,
} from './inbound-file.ts';
export { makeLink, openLink, revokeLinks } from './links.ts';
export {
  listMedia,
  type MediaFilter,
  type MediaRow,
  type MediaView,
  readMediaOf,
  requireMedia,
  viewMedia,
} from './media.ts';
export { readAnyMedia, requireOutboundFile } from './outbound-file.ts';
export { recordConverted, recordFile, requireMediaRoom } from './record-file.ts';
export { removeUnused, sweepMedia, sweepOrphans } from './sweep-media.ts';
