"use strict";
// The page around GraphiQL: in whose name requests are made, and the examples of each role.
(() => {
  const { tokens, examples } = JSON.parse(document.getElementById("data").textContent);
  const { createElement: element, useEffect, useState } = React;
  const endpoint = new URL(location.pathname, location.href).href;
  const socket = endpoint.replace(/^http/, "ws");
  const roles = document.getElementById("role");
  const own = document.getElementById("own");
  const typed = document.getElementById("token");
  const said = document.getElementById("said");
  const OWN = "own";
  const NOBODY = "nobody";

  // --- in whose name ---
  const choices = tokens.map(({ label }, index) => [String(index), label]);
  choices.push([OWN, "somebody with this token"], [NOBODY, "nobody"]);
  for (const [value, label] of choices) roles.add(new Option(label, value));
  const kept = sessionStorage.getItem("acting");
  roles.value = choices.some(([value]) => value === kept) ? kept : choices[0][0];
  typed.value = sessionStorage.getItem("token") || "";

  const token = () => (roles.value === OWN ? typed.value.trim() : roles.value === NOBODY ? "" : tokens[Number(roles.value)].token);
  const authorization = () => (token() ? { Authorization: `Bearer ${token()}` } : {});

  let client;
  let fetcher;
  const begin = () => {
    own.hidden = roles.value !== OWN;
    sessionStorage.setItem("acting", roles.value);
    sessionStorage.setItem("token", typed.value);
    if (client) client.dispose();
    client = graphqlWs.createClient({
      url: socket,
      connectionParams: authorization,
      on: {
        connected: () => { said.value = "live connection open"; },
        closed: ({ code, reason }) => { said.value = code === 1000 || code === 1005 ? "" : `live connection closed: ${reason || code}`; },
      },
    });
    fetcher = GraphiQL.createFetcher({
      url: endpoint,
      wsClient: client,
      fetch: (url, init) => fetch(url, { ...init, credentials: "same-origin", headers: { ...authorization(), ...init.headers } }),
    });
  };
  begin();
  roles.addEventListener("change", begin);
  typed.addEventListener("change", begin);

  const actAs = (role) => {
    if (tokens[Number(roles.value)]?.role === role) return;
    const index = tokens.findIndex((one) => one.role === role);
    if (index < 0) return;
    roles.value = String(index);
    begin();
  };

  // --- the examples, as a plugin in GraphiQL's side bar ---
  const Examples = () => {
    const { addTab, tabs, activeTabIndex, queryEditor, variableEditor } = GraphiQL.React.useEditorContext({ nonNull: true });
    // GraphiQL gives its first tab the query of the example but not the variables
    useEffect(() => {
      const shown = examples.find(({ query }) => query === queryEditor?.getValue());
      if (shown?.variables && variableEditor && !variableEditor.getValue().trim()) variableEditor.setValue(shown.variables);
    }, [queryEditor, variableEditor]);
    const open = (example) => {
      actAs(example.role);
      if ((tabs[activeTabIndex].query || "").trim()) addTab();
      setTimeout(() => {
        queryEditor.setValue(example.query);
        variableEditor?.setValue(example.variables);
      });
    };
    const groups = [...new Set(examples.map(({ role }) => role))];
    return element("div", { className: "examples" },
      element("h2", null, "Examples"),
      examples.length ? null : element("p", null, "There are none."),
      groups.map((role) => element("section", { key: role },
        element("h3", null, role.toLowerCase()),
        examples.filter((one) => one.role === role).map((example) =>
          element("button", { key: example.name, type: "button", onClick: () => open(example) },
            example.title, example.about ? element("small", null, example.about) : null)))));
  };
  const Icon = () => element("svg", { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", strokeWidth: 1.5, height: "1em" },
    element("path", { d: "M4 5h16M4 12h16M4 19h10" }));
  const plugin = { title: "Examples", icon: Icon, content: Examples };

  const first = examples.filter(({ role }) => role === (tokens[0]?.role ?? examples[0]?.role));
  const explorer = GraphiQLPluginExplorer.explorerPlugin();
  const Page = () => {
    const [plugins] = useState([plugin, explorer]);
    return element(GraphiQL, {
      fetcher: (parameters, options) => fetcher(parameters, options),
      plugins,
      defaultQuery: "# Write a query, or choose an example on the left.\n\n{\n  __typename\n}\n",
      defaultTabs: first.length ? first.map(({ query, variables }) => ({ query, variables, headers: null })) : undefined,
      shouldPersistHeaders: false,
    });
  };
  const place = document.getElementById("graphiql");
  // told of a visible plugin by a property, GraphiQL selects it and leaves its pane closed
  const opener = new MutationObserver(() => {
    const button = place.querySelector('button[aria-label="Show Examples"]');
    if (!button) return;
    opener.disconnect();
    button.click();
  });
  opener.observe(place, { childList: true, subtree: true });
  ReactDOM.createRoot(place).render(element(Page));
})();
