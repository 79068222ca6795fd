/**
 * Labels, which a business marks its chats with: the rows follow what the devices of a number share, whoever changed it.
 *
 * Imports contacts, instances, events, customers, audit, network, db, platform and lib.
 */
export { recordAttachmentByCaller, recordLabelAttached, recordLabelByCaller, recordLabelEdit } from './change-label.ts';
export {
  forgetLabels,
  type LabelView,
  labelColors,
  labelFieldsOf,
  labelsMax,
  listChatLabels,
  listLabels,
  moveChatLabels,
  releaseLabel,
  requireLabel,
  reserveLabel,
  viewLabel,
} from './labels.ts';
