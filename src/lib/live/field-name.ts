/** Whether it can stand between the braces of a template. */
export function isFieldName(name: string): boolean {
  return /^[^{}\s:][^{}:]{0,199}$/.test(name)
}
