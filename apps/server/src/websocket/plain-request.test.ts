import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPlainRequest } from './plain-request.ts';

const LIMITS = { maxTopics: 3, clientNames: true };
const read = (query: string, limits = LIMITS) => readPlainRequest(new URLSearchParams(query), limits);
const requestOf = (query: string) => {
  const reading = read(query);
  return reading.ok ? reading.request : undefined;
};

describe('readPlainRequest', () => {
  it('subscribes to the topic from now on and publishes to it', () => {
    expect(requestOf('topic=news')).toEqual({
      subscribe: [{ topic: 'news', from: 'now' }],
      publishTo: 'news',
      envelope: 'raw',
    });
  });

  it.each([
    ['from=start', 'start'],
    ['from=now', 'now'],
    ['from=last:25', { last: 25 }],
    ['client=me', 'resume'],
    ['client=me&from=start', 'start'],
  ])('starts where %s says', (query, from) => {
    expect(requestOf(`topic=t&${query}`)?.subscribe).toEqual([{ topic: 't', from }]);
  });

  it('takes several topics in JSON envelopes and publishes to the first', () => {
    expect(requestOf('topic=b&topic=a&topic=b&envelope=json')).toEqual({
      subscribe: [
        { topic: 'b', from: 'now' },
        { topic: 'a', from: 'now' },
      ],
      publishTo: 'b',
      envelope: 'json',
    });
  });

  it('neither subscribes nor publishes echo, which nobody else may read', () => {
    expect(requestOf('topic=echo')).toEqual({ subscribe: [], envelope: 'raw' });
  });

  it.each([
    ['topic', ''],
    ['topic', 'topic='],
    ['topic', 'topic=two%20words'],
    ['topic', 'topic=@'],
    ['topic', 'topic=a&topic=b'],
    ['topic', 'topic=a&topic=b&topic=c&topic=d&envelope=json'],
    ['topic', 'topic=echo&topic=b&envelope=json'],
    ['from', 'topic=t&from=last:0'],
    ['from', 'topic=t&from=last:-1'],
    ['from', 'topic=t&from=last:9999999'],
    ['from', 'topic=t&from=yesterday'],
    ['from', 'topic=t&from=now&from=start'],
    ['envelope', 'topic=t&envelope=xml'],
    ['client', 'topic=t&client='],
    ['client', 'topic=t&client=a/b'],
    ['token', 'topic=t&token=secret'],
  ])('names the parameter %s of ?%s', (field, query) => {
    const reading = read(query);
    expect(reading).toMatchObject({ ok: false, refusal: { status: 400, code: 'ERR_FIELD', field } });
  });

  it('takes nobody’s word for a name outside development', () => {
    expect(read('topic=t&client=me', { ...LIMITS, clientNames: false })).toMatchObject({
      refusal: { field: 'client' },
    });
  });

  it('never repeats the value of a parameter it does not know, which may be a secret', () => {
    expect(JSON.stringify(read('topic=t&token=secret'))).not.toContain('secret');
  });

  it('answers anything without throwing', () => {
    fc.assert(fc.property(fc.string(), (query) => typeof read(query).ok === 'boolean'));
  });
});
