// The page: two views over one caller. The address says which is shown.

import { $ } from "/dom.js";
import * as pipeline from "/pipeline.js";
import * as query from "/query.js";
import { session } from "/session.js";

function route() {
  const [name, given] = location.hash.slice(1).split("?");
  const isPipeline = name === "pipeline";
  $("query-view").hidden = isPipeline;
  $("pipeline-view").hidden = !isPipeline;
  $("to-query").ariaCurrent = isPipeline ? "false" : "page";
  $("to-pipeline").ariaCurrent = isPipeline ? "page" : "false";
  document.title = isPipeline ? "Pipeline · Leadline" : "Leadline";
  if (isPipeline) pipeline.show(new URLSearchParams(given));
}

await query.begin();
pipeline.begin();
route();
addEventListener("hashchange", route);
await session.begin();
