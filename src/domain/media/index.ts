/**
 * Media: the files of customers, whether they brought them or somebody sent them, and the links under which they can be had.
 * The bytes lie in the blob store of platform/; what a message does with a file is the business of messages/.
 *
 * Imports instances, audit, customers, db, platform and lib.
 */
export { deleteMedia } from './delete-media.ts';
export { describeFile, type FileFacts } from './describe-file.ts';
export { makeLink, openLink, revokeLinks } from './links.ts';
export { listMedia, type MediaFilter, type MediaRow, type MediaView, requireMedia, viewMedia } from './media.ts';
export { recordFile, requireMediaRoom } from './record-file.ts';
export { removeUnused, sweepMedia, sweepOrphans } from './sweep-media.ts';
