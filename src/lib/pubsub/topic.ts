import { compileTemplate } from '../template.ts'
import { topicText } from './topic-text.ts'

/**
 * Returns the function that says under which topic a record is published: its template filled in, white space and control characters
 * as `_`. A record that has nothing there has the empty topic.
 */
export function compileTopic(template: string): (record: object) => string {
  const fill = compileTemplate(template)
  return record => topicText(fill(record))
}
