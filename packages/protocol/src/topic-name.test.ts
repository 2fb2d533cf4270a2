import { isStabilityError } from '@ws-stability/core';
import { expect, test } from 'vitest';
import { assertTopicName, isTopicName, isWireTopic, MAX_TOPIC_LENGTH } from './topic-name.ts';

test.each(['a', 'room:1/b.c_d~e-F', '__proto__', 'x'.repeat(MAX_TOPIC_LENGTH)])('%s can name a topic', (name) => {
  expect(isTopicName(name)).toBe(true);
  expect(isWireTopic(name)).toBe(true);
  expect(() => assertTopicName(name)).not.toThrow();
});

test.each(['', ' ', 'a b', 'a\n', 'é', '@x', 'a@', '%61', 'x'.repeat(MAX_TOPIC_LENGTH + 1)])('%j cannot', (name) => {
  expect(isTopicName(name)).toBe(false);
  expect(isWireTopic(name)).toBe(false);
});

test.each(['@', '@u'])('%s stands on the wire and is no client’s to name', (name) => {
  expect(isWireTopic(name)).toBe(true);
  expect(isTopicName(name)).toBe(false);
});

test('the error quotes a part of the name and says what is allowed', () => {
  try {
    assertTopicName('!'.repeat(5000));
    expect.unreachable();
  } catch (error) {
    if (!isStabilityError(error)) throw error;
    expect(error.code).toBe('ERR_TOPIC');
    expect(error.message).toContain('A-Z');
    expect(error.message.length).toBeLessThan(250);
  }
});
