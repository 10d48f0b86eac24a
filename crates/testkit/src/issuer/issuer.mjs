// Issuers of OpenID Connect for tests, by a library that others wrote: one that behaves as Google's, one as Entra's with two
// tenants, one as any other. Whoever comes types whom they are; that is all they have to prove.

import http from "node:http";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The library stands where the runner put it, which is no place that Node looks in by itself.
const require = createRequire(process.env.ISSUER_MODULES + "/");
const { default: Provider, interactionPolicy } = await import(pathToFileURL(require.resolve("oidc-provider")));

const TENANTS = ["11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"];
const allowed = new Set();
const oddities = {};
const providers = new Map();

const id = (text) => {
  const digits = createHash("sha256").update(text).digest("hex");
  return [8, 4, 4, 4, 12].reduce(([parts, at], size) => [[...parts, digits.slice(at, at + size)], at + size], [[], 0])[0].join("-");
};

function claims(login, tenant) {
  const person = {
    sub: id("sub " + login),
    name: login.split("@")[0].replace(/^./, (letter) => letter.toUpperCase()) + " Elsewhere",
    preferred_username: login,
    email: login.includes("@") ? login : `${login}@example.com`,
    email_verified: !login.startsWith("unverified"),
  };
  return tenant ? { ...person, tid: oddities.tid ?? tenant, oid: id("oid " + login) } : person;
}

function provider(path, tenant, options) {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: "select_account", requestable: true }), 0);
  const made = new Provider(address + path, {
    clients: [
      {
        client_id: "roster",
        client_secret: "known to the client alone & nobody else",
        redirect_uris: ["http://127.0.0.1/somewhere"],
        ...options.client,
      },
    ],
    claims: {
      openid: ["sub", "tid", "oid"],
      profile: ["name", "preferred_username"],
      email: ["email", "email_verified"],
    },
    conformIdTokenClaims: options.sparing ?? false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    cookies: { keys: ["of a test"] },
    interactions: { policy, url: (_, interaction) => `${path}/interaction/${interaction.uid}` },
    findAccount: (_, login) => ({ accountId: login, claims: () => claims(login, tenant) }),
    ttl: { Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, Interaction: 600, AuthorizationCode: 60 },
  });
  made.Client.prototype.redirectUriAllowed = (uri) => allowed.has(uri);
  providers.set(path, made);
}

async function interaction(made, request, response) {
  const details = await made.interactionDetails(request, response);
  if (request.method !== "POST") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><html lang="en"><title>Elsewhere</title><h1>Sign in elsewhere</h1>
<form method="post"><label for="login">Account</label><input id="login" name="login"><button>Go on</button></form>
<form method="post"><input type="hidden" name="no" value="true"><button>Cancel</button></form>`);
    return;
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  const form = new URLSearchParams(body);
  if (form.get("no")) {
    const refusal = { error: "access_denied", error_description: "You did not agree." };
    await made.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
    return;
  }
  const accountId = form.get("login");
  const grant = new made.Grant({ accountId, clientId: details.params.client_id });
  grant.addOIDCScope(details.params.scope);
  const result = { login: { accountId }, select_account: {}, consent: { grantId: await grant.save() } };
  await made.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function serve(request, response) {
  const url = new URL(request.url, address);
  if (url.pathname === "/control") {
    if (url.searchParams.has("redirect")) allowed.add(url.searchParams.get("redirect"));
    if (url.searchParams.has("tid")) oddities.tid = url.searchParams.get("tid") || undefined;
    response.end();
    return;
  }
  // As Entra does for an application of many tenants: the issuer has a place for the tenant.
  if (url.pathname === "/entra/common/v2.0/.well-known/openid-configuration") {
    const own = await fetch(`${address}/entra/${TENANTS[0]}/v2.0/.well-known/openid-configuration`);
    const document = { ...(await own.json()), issuer: `${address}/entra/{tenantid}/v2.0` };
    delete document.authorization_response_iss_parameter_supported;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(document));
    return;
  }
  const path = [...providers.keys()].find((path) => url.pathname.startsWith(path + "/"));
  if (!path) {
    response.statusCode = 404;
    response.end();
    return;
  }
  const made = providers.get(path);
  if (url.pathname.startsWith(path + "/interaction/")) {
    await interaction(made, request, response);
    return;
  }
  request.originalUrl = request.url;
  request.url = request.url.slice(path.length);
  made.callback()(request, response);
}

const server = http.createServer((request, response) => {
  serve(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});
let address;
server.listen(0, "127.0.0.1", () => {
  address = `http://127.0.0.1:${server.address().port}`;
  provider("/google", null, {});
  provider("/plain", null, { sparing: true });
  for (const tenant of TENANTS) provider(`/entra/${tenant}/v2.0`, tenant, {});
  console.log(`Issuers at ${address}`);
});
// The end of the test process is the end of this one.
process.stdin.on("end", () => process.exit()).resume();
