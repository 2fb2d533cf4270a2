// The two forms: which topic this tab listens to, and a message to publish to it.
import type { StabilityClient } from '@ws-stability/client';
import { isTopicName } from '@ws-stability/protocol';
import { reasonOf } from './drills.ts';
import { digits, element, write } from './element.ts';

const subscribeForm = element('subscribe-form', HTMLFormElement);
const topicInput = element('topic', HTMLInputElement);
const share = element('share', HTMLAnchorElement);
const publishForm = element('publish-form', HTMLFormElement);
const payload = element('payload', HTMLInputElement);
const receipt = element('receipt', HTMLElement);

/** The topic in the address, or one of this tab's own. */
export function firstTopic(): string {
  const named = location.hash.slice(1);
  return isTopicName(named) ? named : `demo:${randomName()}`;
}

/** @param subscribe called at once with the first topic, then with each one that is asked for. */
export function enableForms(client: StabilityClient, topic: () => string, subscribe: (topic: string) => void): void {
  const change = (name: string): void => {
    topicInput.value = name;
    history.replaceState(null, '', `#${name}`);
    share.href = `#${name}`;
    subscribe(name);
  };
  topicInput.addEventListener('input', () => topicInput.setCustomValidity(''));
  subscribeForm.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = topicInput.value.trim();
    if (isTopicName(name)) {
      change(name);
      return;
    }
    topicInput.setCustomValidity('Use 1 to 128 of the characters A-Z a-z 0-9 . _ : / ~ -');
    topicInput.reportValidity();
  });
  addEventListener('hashchange', () => {
    const named = location.hash.slice(1);
    if (isTopicName(named) && named !== topic()) change(named);
  });

  publishForm.addEventListener('submit', async (event) => {
    event.preventDefault();
    write(receipt, client.state.name === 'online' ? 'Sent …' : 'Kept here until the connection is back …');
    try {
      const { position } = await client.publish(topic(), payload.value);
      write(receipt, `Accepted at offset ${digits(position[1])} of epoch ${position[0]}.`);
    } catch (error) {
      write(receipt, `Not published: ${reasonOf(error)}`);
    }
  });

  change(topic());
}

function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
