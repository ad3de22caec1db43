import { type ModelDownload, removeStoredModel, storedModels } from '../../src/browser/index.ts';
import { byId, make } from './dom.ts';

/** A network of models/registry.json, which whoever puts the page somewhere may change. */
export interface Network extends ModelDownload {
  readonly name: string;
  readonly about: string;
}

export interface NetworkActions {
  /** Downloads it unless it is here, and opens it. */
  open(network: Network): Promise<void>;
  say(message: string): void;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** The networks that the page can fetch: their sizes, what of them is here already, and how to be rid of it. */
export class Networks {
  readonly #details = byId<HTMLDetailsElement>('networks');
  readonly #list = byId('network-list');
  readonly #actions: NetworkActions;
  #known: readonly Network[] | undefined;

  constructor(actions: NetworkActions) {
    this.#actions = actions;
    this.#details.ontoggle = () => {
      if (this.#details.open) void this.show();
    };
  }

  /** Draws the list anew. */
  async show(): Promise<void> {
    if (!this.#details.open) return;
    try {
      this.#known ??= await registry();
      const stored = await storedModels();
      const known = this.#known.map((network) =>
        this.#row(
          network,
          stored.find(({ file }) => file === network.file),
        ),
      );
      const files = new Set(this.#known.map(({ file }) => file));
      const others = stored.filter(({ file }) => !files.has(file));
      this.#list.replaceChildren(...known, ...others.map(({ file, bytes }) => this.#other(file, bytes)));
    } catch (error) {
      this.#list.replaceChildren(make('li', { textContent: error instanceof Error ? error.message : String(error) }));
    }
  }

  #row(network: Network, stored: { readonly bytes: number; readonly whole: boolean } | undefined): HTMLElement {
    const size = megabytes(network.bytes);
    const [action, state] = !stored?.bytes
      ? [`Download ${size}`, size]
      : stored.whole
        ? ['Open', `${size}, kept here`]
        : [
            `Download the other ${megabytes(network.bytes - stored.bytes)}`,
            `${megabytes(stored.bytes)} of ${size} here`,
          ];
    const open = this.#button(action, `${action}: ${network.name}`, () => this.#actions.open(network));
    const buttons = stored ? [open, this.#remove(network.file)] : [open];
    const text = make('span', {}, make('strong', { textContent: network.name }), ` ${network.about}; ${state}`);
    return make('li', {}, text, ...buttons);
  }

  #other(file: string, bytes: number): HTMLElement {
    const text = make('span', {}, make('strong', { textContent: file }), ` ${megabytes(bytes)}, kept here`);
    return make('li', {}, text, this.#remove(file));
  }

  #remove(file: string): HTMLElement {
    return this.#button('Remove', `Remove ${file}`, async () => void (await removeStoredModel(file)));
  }

  #button(text: string, label: string, run: () => Promise<void>): HTMLElement {
    const onclick = async () => {
      try {
        await run();
      } catch (error) {
        this.#actions.say(error instanceof Error ? error.message : String(error));
      }
      await this.show();
    };
    return make('button', { type: 'button', textContent: text, ariaLabel: label, onclick: () => void onclick() });
  }
}

async function registry(): Promise<readonly Network[]> {
  const response = await fetch('models/registry.json');
  if (!response.ok) throw new Error(`models/registry.json: the server answered ${response.status}`);
  return (await response.json()) as readonly Network[];
}
