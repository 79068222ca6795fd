/** What Baileys hands on to `fetch`. */
type FetchOptions = RequestInit;

type Dispatch = { dispatch(options: object, handler: object): boolean };

/**
 * Options that bound what Baileys fetches by itself (history, which it downloads with all messages waiting behind it): no
 * byte for `quietMs` ends it, and it goes `through` what is given. It takes no signal, and the default of `fetch` is five minutes.
 */
export function fetchWithin(quietMs: number, through?: Dispatch): FetchOptions {
  const dispatcher: Dispatch = {
    dispatch: (options, handler) =>
      (through ?? defaultDispatcher()).dispatch({ ...options, headersTimeout: quietMs, bodyTimeout: quietMs }, handler),
  };
  return asFetchOptions({ dispatcher });
}

/** Node keeps the one that `fetch` uses under this name, from the first `fetch` on; a dispatch is part of one. */
function defaultDispatcher(): Dispatch {
  return Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1')) as Dispatch;
}

/** `dispatcher` is an option of Node's `fetch` that the types of the web do not know. */
function asFetchOptions(options: { dispatcher: Dispatch }): FetchOptions {
  return options as FetchOptions;
}
