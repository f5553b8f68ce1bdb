// The interactive API page: Swagger UI over our own document, asking nobody else.
// The document is OpenAPI 3.1, this Swagger UI reads 3.0: it is shown a copy in 3.0's words.

function inOlderWords(node) {
  if (Array.isArray(node)) return node.map(inOlderWords);
  if (node === null || typeof node !== "object") return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, inOlderWords(value)]));
  // Swagger UI would fill the examples in, and so ask for more than people mean to.
  if (copy.in && !copy.required) delete copy.examples;
  const kinds = copy.oneOf?.filter((kind) => kind.type !== "null");
  if (kinds && kinds.length < copy.oneOf.length) {
    delete copy.oneOf;
    Object.assign(copy, kinds.length === 1 ? kinds[0] : { oneOf: kinds }, { nullable: true });
  }
  return copy;
}

const answer = await fetch("/openapi.json");
window.ui = SwaggerUIBundle({
  spec: { ...inOlderWords(await answer.json()), openapi: "3.0.3" },
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: -1,
});
