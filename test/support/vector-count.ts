/** Says in the test output how many public vectors ran, and why others did not. */

/** Prints one line: what, how many of how many, and the reasons for the rest. */
export function printCount(what: string, ran: number, of: number, reasons: readonly string[] = []): void {
  const rest = reasons.map((reason) => `; ${reason}`).join('')
  console.log(`        ${what}: ${ran} of ${of}${rest}`)
}
