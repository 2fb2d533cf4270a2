// Where a setting's value came from.
import type { PresetName } from './option-group.ts';

export type Origin =
  | { readonly from: 'default' }
  | { readonly from: 'preset'; readonly preset: PresetName }
  | { readonly from: 'environment'; readonly variable: string }
  /** `name` of the flag, if it was one. */
  | { readonly from: 'argument'; readonly name?: string };

/** For people: `environment WS_STABILITY_MANAGER_PING_MS`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.from) {
    case 'default':
      return 'default';
    case 'preset':
      return `preset ${origin.preset}`;
    case 'environment':
      return `environment ${origin.variable}`;
    case 'argument':
      return origin.name === undefined ? 'argument' : `argument ${origin.name}`;
  }
}
