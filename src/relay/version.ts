/** What this software calls itself towards others. */

/** The version of the package. */
export const softwareVersion = '0.1.0'
