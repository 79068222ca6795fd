import type { ChatRef } from './chat-ref.ts';

/** A label as the devices of a business share it. `networkId` is WhatsApp's own id, a small number. */
export type LabelFields = {
  readonly networkId: string;
  readonly name: string;
  /** A place in WhatsApp's palette. */
  readonly color: number;
  /** WhatsApp's number for one of those that a business begins with. */
  readonly predefinedId?: number;
  readonly deleted: boolean;
};

/** What was done to labels on a device of this number; `initial` when it was so before this device was linked. */
export type LabelUpdate =
  | { readonly kind: 'label_edited'; readonly label: LabelFields; readonly initial: boolean }
  | {
      readonly kind: 'label_attached';
      readonly networkId: string;
      readonly chat: ChatRef;
      /** Put on the chat, or taken off it. */
      readonly on: boolean;
      readonly initial: boolean;
    };

/** What can be asked about labels: done on all devices of this number. */
export type LabelRequests = {
  /** Makes a label, or brings it to what is said here as a whole. */
  change_labels: { input: { readonly label: LabelFields }; answer: undefined };
  attach_labels: {
    input: { readonly networkId: string; readonly chat: ChatRef; readonly on: boolean };
    answer: undefined;
  };
};
