/**
 * The one Trusted Types policy of the site's own code. Where a browser enforces Trusted Types, a string becomes the
 * address of a worker only through here, and only when it is a file of this site.
 */

interface Policy {
  createScriptURL(address: string): string;
}
interface Factory {
  createPolicy(name: string, rules: Policy): Policy;
}

/** svelte.config.js allows this name in the content security policy. */
const NAME = 'swayground-workers';

const rules: Policy = {
  createScriptURL: (address) => {
    const { href } = new URL(address, location.href);
    // Compared as text: the origin of a blob: address would be that of the page that made it.
    if (href.startsWith(`${location.origin}/`)) return href;
    throw new TypeError(`A worker must be a file of this site, not ${href}.`);
  },
};

let policy: Policy | null = null;

/** What `new Worker` and `serviceWorker.register` take: a TrustedScriptURL where there is such a thing, else the address. */
export function workerAddress(address: string | URL): string {
  const { trustedTypes } = globalThis as { trustedTypes?: Factory };
  policy ??= trustedTypes?.createPolicy(NAME, rules) ?? rules;
  return policy.createScriptURL(String(address));
}
