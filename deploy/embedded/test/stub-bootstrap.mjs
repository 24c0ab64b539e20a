// As services/policy's bootstrap answers on a first start.
console.log(
  JSON.stringify({
    organizationId: 'o1',
    email: 'owner@example.com',
    password: 'p',
    apiKey: 'ig_owner',
    agentKey: 'ig_agent',
  }),
);
