// Records and MessagePack. To be imported late: it loads a package. What only asks whether a message is MessagePack takes
// ./looks-like.ts.
export { decodeOne } from './decode.ts'
export { eachValue, type Value } from './each-value.ts'
export { encode } from './encode.ts'
export { MsgpackFault } from './fault.ts'
