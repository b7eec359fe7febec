// Shows the OpenAPI document; nothing is fetched from elsewhere.
const place = document.getElementById("api-docs");
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  supportedSubmitMethods: [],
  validatorUrl: null,
});
