import { compileTemplate } from '../template.ts'

/** What would end a topic early where it stands in one frame with the event, or a line of whoever prints it. */
const NOT_IN_TOPICS = /[\s\u0000-\u001f\u007f]/g

/**
 * Returns the function that says under which topic a record is published: its template filled in, white space and control characters
 * as `_`. A record that has nothing there has the empty topic.
 */
export function compileTopic(template: string): (record: object) => string {
  const fill = compileTemplate(template)
  return record => {
    const topic = fill(record)
    return NOT_IN_TOPICS.test(topic) ? topic.replace(NOT_IN_TOPICS, '_') : topic
  }
}
