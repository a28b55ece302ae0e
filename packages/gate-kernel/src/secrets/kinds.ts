import { labelled } from './labelled.ts'
import type { SecretKind } from './secret-kind.ts'

/**
 * Where a token may begin: not within a word. Before it, an escaped line break (`\n` written as two
 * letters, as JSON does), an escaped character, a percent code or a terminal color ends a word, too.
 */
const start = String.raw`(?:(?<![A-Za-z0-9_])|(?<=\\[nrtbfv0])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9A-Fa-f]{2})|(?<=\[[0-9;]{0,12}m))`

function token(name: string, prefix: string | readonly string[], rest: string): SecretKind {
  const hints = typeof prefix === 'string' ? [prefix] : prefix
  const heads = hints.map((hint) => hint.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  return { name, hints, pattern: new RegExp(`${start}(?:${heads})${rest}`, 'g') }
}

function shape(name: string, hints: readonly string[] | null, source: string): SecretKind {
  return { name, hints, pattern: new RegExp(`${start}${source}`, 'g') }
}

const word = '[A-Za-z0-9]'
const wordy = '[A-Za-z0-9_-]'

/** Tokens that say by their form whose they are. */
const issuedTokens: readonly SecretKind[] = [
  token('github-token', 'github_pat_', String.raw`\w{16,}`),
  token('github-token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], `${word}{16,}`),
  // At full length also within a word: a name that was put before it hides nothing.
  {
    name: 'github-token',
    hints: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    pattern: /(?:gh[pousr]|github_pat)_(?:[A-Za-z0-9]{22}_)?[A-Za-z0-9]{30,}/g,
  },
  token('pypi-token', 'pypi-', `${wordy}{16,}`),
  token('npm-token', 'npm_', `${word}{30,}`),
  token('gitlab-token', gitlabPrefixes(), `${wordy}{15,}(?:\\.${wordy}+)*`),
  token(
    'fly-token',
    ['fm1_', 'fm2_', 'fm1a_', 'fm2a_', 'fm1r_', 'fm2r_', 'fo1_'],
    '[A-Za-z0-9+/=_-]{16,}',
  ),
  token('aws-key', ['AKIA', 'ASIA', 'ABIA', 'ACCA'], '[A-Z0-9]{16}(?![A-Za-z0-9])'),
  token(
    'slack-token',
    [
      'xoxb-',
      'xoxp-',
      'xoxa-',
      'xoxr-',
      'xoxs-',
      'xoxo-',
      'xoxe-',
      'xoxe.',
      'xapp-',
      'xoxc-',
      'xoxd-',
    ],
    '[A-Za-z0-9.%-]{10,}',
  ),
  token('stripe-key', ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'], `${word}{10,}`),
  token('google-key', 'AIza', `${wordy}{30,}`),
  token('google-secret', 'GOCSPX-', `${wordy}{20,}`),
  token('google-token', 'ya29.', `${wordy}{16,}`),
  token('anthropic-key', 'sk-ant-', `${wordy}{16,}`),
  token('openai-key', 'sk-', `(?:proj-|svcacct-|admin-|or-v1-|lf-)?${wordy}{20,}`),
  token('hugging-face-token', ['hf_', 'api_org_'], `${word}{20,}`),
  token('sendgrid-key', 'SG.', `${wordy}{16,}\\.${wordy}{16,}`),
  token('twilio-key', ['SK', 'AC'], '[0-9a-f]{32}(?![A-Za-z0-9])'),
  token('mailgun-key', 'key-', '[0-9a-f]{32}(?![A-Za-z0-9])'),
  shape('mailchimp-key', ['-us'], '[0-9a-f]{32}-us[0-9]{1,2}(?![0-9])'),
  token('digitalocean-token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], '[0-9a-f]{32,}'),
  token('databricks-token', 'dapi', '[0-9a-f]{32}(?:-[0-9])?(?![A-Za-z0-9])'),
  token('doppler-token', 'dp.', `(?:pt|st|ct|sa|scim|audit)\\.(?:[a-z0-9-]+\\.)?${word}{20,}`),
  token('dropbox-token', 'sl.', `(?:[a-z]\\.)?${wordy}{60,}`),
  token('docker-token', ['dckr_pat_', 'dckr_oat_'], `${wordy}{20,}`),
  token('figma-token', 'figd_', `${wordy}{20,}`),
  token('grafana-token', ['glsa_', 'glc_'], '[A-Za-z0-9+/=_-]{20,}'),
  token('vault-token', ['hvs.', 'hvb.', 'hvr.'], `${wordy}{20,}`),
  shape('terraform-token', ['.atlasv1.'], `${word}{14}\\.atlasv1\\.${wordy}{40,}`),
  token('linear-key', ['lin_api_', 'lin_oauth_'], `${word}{20,}`),
  token('netlify-token', 'nfp_', `${word}{20,}`),
  token('new-relic-key', ['NRAK-', 'NRII-', 'NRJS-', 'NRRA-'], `${wordy}{15,}`),
  token('notion-token', ['ntn_', 'secret_'], `${word}{40,}`),
  token(
    'planetscale-token',
    ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'],
    '[A-Za-z0-9_.=-]{20,}',
  ),
  token('postman-key', 'PMAK-', '[0-9a-f]{24}-[0-9a-f]{34}'),
  token('pulumi-token', 'pul-', '[0-9a-f]{40}'),
  token('rubygems-key', 'rubygems_', '[0-9a-f]{40,}'),
  token('sentry-token', ['sntrys_', 'sntryu_'], '[A-Za-z0-9+/=_-]{30,}'),
  token('shopify-token', ['shpat_', 'shpca_', 'shppa_', 'shpss_'], '[0-9a-fA-F]{32}'),
  token('square-token', ['sq0atp-', 'sq0csp-', 'sq0idp-', 'EAAA'], `${wordy}{20,}`),
  token('supabase-token', ['sbp_', 'sb_secret_'], `${wordy}{20,}`),
  token('tailscale-key', 'tskey-', `${wordy}{16,}`),
  token('age-key', 'AGE-SECRET-KEY-1', '[A-Z0-9]{50,}'),
  token('onepassword-token', 'ops_', '[A-Za-z0-9+/=_-]{50,}'),
  token('atlassian-token', ['ATATT3', 'ATBB', 'ATCTT3', 'ATSTT3'], '[A-Za-z0-9_=.-]{20,}'),
  token('jfrog-key', ['AKCp', 'cmVmdGtuO'], `${word}{20,}`),
  token('replicate-token', 'r8_', `${word}{30,}`),
  token('groq-key', 'gsk_', `${word}{30,}`),
  token('xai-key', 'xai-', `${word}{40,}`),
  token('perplexity-key', 'pplx-', `${word}{30,}`),
  token('buildkite-token', ['bkua_', 'bkaj_'], `${word}{20,}`),
  token('circleci-token', ['CCIPAT_', 'CCIPRJ_'], `${wordy}{20,}`),
  token('contentful-token', 'CFPAT-', `${wordy}{30,}`),
  token('dynatrace-token', 'dt0c01.', '[A-Z0-9]{16,}\\.[A-Z0-9]{40,}'),
  token('heroku-key', 'HRKU-', `${wordy}{30,}`),
  token('sonar-token', ['sqp_', 'squ_', 'sqa_'], '[0-9a-f]{40}'),
  token('crates-token', 'cio', `${word}{32}(?![A-Za-z0-9])`),
  token('facebook-token', 'EAAC', `${word}{30,}`),
  token('brevo-key', ['xkeysib-', 'xsmtpsib-'], '[0-9a-f]{40,}(?:-[A-Za-z0-9]+)?'),
  token('resend-key', 're_', `${word}{8}_${word}{20,}`),
  token('langsmith-key', ['lsv2_pt_', 'lsv2_sk_'], `${wordy}{30,}`),
  token('mapbox-token', ['sk.eyJ', 'tk.eyJ'], `${wordy}{30,}(?:\\.${wordy}+)?`),
  token('nuget-key', 'oy2', '[a-z0-9]{43}(?![A-Za-z0-9])'),
  token('hubspot-token', ['pat-na1-', 'pat-eu1-'], '[0-9a-f-]{30,}'),
  token('posthog-key', ['phx_', 'phs_'], `${word}{30,}`),
  shape('asana-token', ['0/', '1/'], '[01]/[0-9a-f]{32}(?![A-Za-z0-9])'),
  token(
    'discord-webhook',
    ['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'],
    `[0-9]+/${wordy}{20,}`,
  ),
  token('slack-webhook', 'hooks.slack.com/', '(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,}'),
  token('teams-webhook', '.webhook.office.com/', '[A-Za-z0-9@/_-]{40,}'),
  shape('discord-token', null, `[MNO]${wordy}{23,25}\\.${wordy}{6}\\.${wordy}{27,}`),
  shape('telegram-token', [':AA'], `[0-9]{8,10}:AA${wordy}{33}(?![A-Za-z0-9_-])`),
  shape('azure-secret', ['Q~'], `[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}`),
  shape('google-refresh-token', ['1//0'], `1//0${wordy}{30,}`),
  shape('json-web-token', ['eyJ'], `eyJ${wordy}{8,2000}\\.${wordy}{8,}\\.${wordy}*`),
]

/**
 * Of an issuer that this list does not know, but with a word in it that says what it is, and a part that
 * nobody can pronounce: `sk_acme_…`, `acme-pat-…`.
 */
const unknownIssuer: SecretKind = {
  name: 'unknown-token',
  hints: null,
  pattern: new RegExp(
    `${start}(?:[a-z][a-z0-9]{0,15}[_-]){0,3}(?:sk|pat|api|key|secret|token|tok|auth|priv|pwd|cred)[_-]` +
      `(?:[a-z0-9]{1,10}[_-]){0,3}(?=[A-Za-z]*[0-9][A-Za-z]*[0-9])${word}{24,}(?:[_-]${word}+)*`,
    'g',
  ),
}

function gitlabPrefixes(): string[] {
  const kinds = ['pat', 'rt', 'cbt', 'ptt', 'ft', 'imt', 'agent', 'oas', 'soat', 'ffct', 'dt']
  return [...kinds.map((kind) => `gl${kind}-`), 'gldt-', 'glrt-', 'GR1348941']
}

export const secretKinds: readonly SecretKind[] = [
  ...labelled.slice(0, 3),
  ...issuedTokens,
  unknownIssuer,
  ...labelled.slice(3),
]
