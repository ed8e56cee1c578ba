// Bundles the desk's scripts and styles into one folder of hashed files plus manifest.json (name -> hashed name).
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { iconNames } from "./icons.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

const { values } = parseArgs({ options: { outdir: { type: "string" }, dev: { type: "boolean", default: false } } });
if (!values.outdir) {
  console.error("usage: npm run build -- --outdir DIR");
  process.exit(2);
}
const outdir = resolve(values.outdir);

/** One SVG file with every icon as a <symbol>, so that a page refers to `icons.svg#name` without inline styles. */
function iconSprite() {
  const folder = join(dirname(require.resolve("lucide-static/package.json")), "icons");
  const symbols = iconNames.map((name) => {
    const source = readFileSync(join(folder, `${name}.svg`), "utf8");
    const shapes = source.slice(source.indexOf(">", source.indexOf("<svg")) + 1, source.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s+/g, " ").trim()}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

/** Write `text` under a name that carries its hash, and return that name. */
function writeHashed(name, text) {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();
  const hashed = name.replace(/(\.[a-z0-9]+)$/, `-${hash}$1`);
  writeFileSync(join(outdir, hashed), text);
  return hashed;
}

/** Only files of an earlier build are removed: the folder may be shared with other things. */
function removeEarlierBuild() {
  let earlier = {};
  try {
    earlier = JSON.parse(readFileSync(join(outdir, "manifest.json"), "utf8"));
  } catch {
    return;
  }
  for (const name of Object.values(earlier)) {
    rmSync(join(outdir, name), { force: true });
    rmSync(join(outdir, `${name}.LEGAL.txt`), { force: true });
  }
}

async function bundle() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: {
      desk: "src/desk.ts",
      board: "src/board.ts",
      login: "src/login.ts",
      page: "src/page.ts",
      beat: "src/beat.ts",
      theme: "src/theme.ts",
      style: "styles/style.css",
    },
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    outdir,
    bundle: true,
    minify: !values.dev,
    metafile: true,
    format: "iife",
    target: "chrome100",
    loader: { ".woff2": "file" },
    legalComments: "linked",
    logLevel: "warning",
  });
  const manifest = {};
  for (const [file, output] of Object.entries(result.metafile.outputs)) {
    const hashed = file.split("/").pop();
    if (output.entryPoint) manifest[plainName(hashed)] = hashed;
    else if (hashed.endsWith(".woff2")) manifest[`fonts/${plainName(hashed)}`] = hashed;
  }
  return manifest;
}

function plainName(hashed) {
  return hashed.replace(/-[A-Z0-9]{8}(\.[a-z0-9]+)$/, "$1");
}

mkdirSync(outdir, { recursive: true });
removeEarlierBuild();
const manifest = await bundle();
manifest["icons.svg"] = writeHashed("icons.svg", iconSprite());
writeFileSync(join(outdir, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
console.log(`desk bundled: ${Object.keys(manifest).length} files in ${outdir}`);
