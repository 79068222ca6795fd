// @ts-check
/** Starts the page: what there is, drawn whenever something changes. */
import { addPhoneDialog, welcome } from './add-phone.js';
import { connectPanel } from './connect.js';
import {
  desk,
  keepDesk,
  onDeskChange,
  openChatOf,
  putAway,
  readOpenChat,
  redraw,
  restoreDesk,
  tidyDesk,
} from './desk.js';
import { createRenderer, h } from './dom.js';
import { faultsPanel } from './faults.js';
import { model, watch } from './model.js';
import { toastArea } from './parts.js';
import { phoneCard } from './phone.js';
import { rail } from './rail.js';

const draw = createRenderer(document.body);

const deskArea = () => {
  if (!model.loaded) return h('p.loading', null, 'Asking the emulator…');
  if (model.phones.size === 0) return welcome();
  const shown = desk.open.flatMap((number) => model.phones.get(number) ?? []);
  if (shown.length === 0) return h('p.loading', null, 'Choose a phone at the edge.');
  return shown.map(phoneCard);
};

const drawNow = () => {
  if (model.loaded) {
    tidyDesk();
    keepDesk();
  }
  draw(
    rail(),
    h('main.desk', null, deskArea()),
    desk.panel === 'faults' && faultsPanel(),
    desk.panel === 'connect' && connectPanel(),
    model.loaded &&
      !model.connected &&
      h('p.lost', { role: 'alert' }, 'The emulator does not answer. This page goes on when it is back.'),
    addPhoneDialog(),
    toastArea(),
  );
};

let isDrawing = false;
onDeskChange(() => {
  if (isDrawing) return;
  isDrawing = true;
  queueMicrotask(() => {
    isDrawing = false;
    drawNow();
  });
});

restoreDesk();
drawNow();
watch({
  isOpen: (number) => desk.open.includes(number),
  openChat: openChatOf,
  changed: redraw,
  fresh: readOpenChat,
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') putAway();
  else if (desk.hand !== undefined) readOpenChat(desk.hand);
});
addEventListener('pagehide', putAway);
