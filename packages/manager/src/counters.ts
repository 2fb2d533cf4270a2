// Plain numbers that the hot paths count up; read by snapshot().

export class Counters {
  connections = 0;
  refused = 0;
  timeouts = 0;
  resumed = 0;
  sessions = 0;
  expiredSessions = 0;
  published = 0;
  duplicates = 0;
  refusedPublishes = 0;
  delivered = 0;
  expired = 0;
  gaps = 0;
  received = 0;
  failedHandlers = 0;
  protocolErrors = 0;
  bytesOut = 0;
}
