/** What would end a topic early where it stands in one frame with the event, or a line of whoever prints it. */
const NOT_IN_TOPICS = /[\s\u0000-\u001f\u007f]/g

/** The topic that this text gives: white space and control characters are `_`. */
export const topicText = (text: string): string => text.replace(NOT_IN_TOPICS, '_')
