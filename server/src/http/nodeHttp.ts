/**
 * What we use of `node:http`, asked for by name: importing the module reads all of its exports, one of which loads a
 * second HTTP client that nobody here uses, and five megabytes with it.
 */
export const { createServer, ServerResponse } = process.getBuiltinModule("node:http")
