import type { XPublisher } from 'zeromq'

/**
 * Whether a send fails where a subscriber has no room (ZMQ_XPUB_NODROP), or leaves that one out. libzmq looks at it at each message (xpub.cpp);
 * the binding warns that it will not take effect (zeromq.js 6.8, socket.cc), and can be told so in no other way.
 */
export function setNoDrop(socket: XPublisher, value: boolean): void {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    socket.noDrop = value
  } finally {
    process.emitWarning = emitWarning
  }
}
