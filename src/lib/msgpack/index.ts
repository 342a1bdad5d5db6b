// Records and MessagePack. To be imported late: it loads a package. What only asks whether a message is MessagePack takes
// ./looks-like.ts.
export { type Decoded, decodeAll } from './decode.ts'
export { encode } from './encode.ts'
export { MsgpackFault } from './fault.ts'
