/** Dependencies point one way: protocol <- core <- server; bridges -> protocol; web -> protocol; tests see all. */
const part = (name) => `^${name}/`
const only = (from, allowed) => ({
  name: `${from}-depends-on-${allowed.join("-and-") || "nothing"}`,
  severity: "error",
  from: { path: part(from), pathNot: "\\.test\\.ts$" },
  to: { path: "^(protocol|core|server|bridges|web|test)/", pathNot: [from, ...allowed].map(part) },
})

module.exports = {
  forbidden: [
    only("protocol", []),
    only("core", ["protocol"]),
    only("server", ["protocol", "core"]),
    only("bridges", ["protocol"]),
    only("web", ["protocol"]),
    {
      name: "no-node-in-protocol-and-web",
      severity: "error",
      from: { path: ["^protocol/src", "^web/src"], pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "only-crypto-of-node-in-core",
      comment: "Hashes and signatures are pure functions of their input",
      severity: "error",
      from: { path: "^core/src", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?crypto$" },
    },
    {
      name: "no-circles",
      severity: "error",
      from: { path: "^(protocol|core|server|bridges|web)/" },
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(dist|node_modules)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "default"],
      extensions: [".ts", ".js", ".mjs", ".vue"],
    },
  },
}
