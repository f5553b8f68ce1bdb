// The interactive page of the API: Swagger UI over /openapi.json.

// Swagger UI has a dark style, under a class that nothing of its own sets by itself.
const dark = matchMedia("(prefers-color-scheme: dark)");
const showStyle = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", showStyle);
showStyle();

window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: -1,
});
