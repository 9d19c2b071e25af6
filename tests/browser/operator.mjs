// An operator of the stack, with the access key of its `/local/config`.

import { execFile } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { BINARIES } from '../clients/javascript/stack.mjs';

/** Runs `voice-otp`, and resolves to what it prints. Where no stack made the functions, it needs their settings. */
export async function voiceOtp({ endpoint, config }, ...command) {
  const settings = await readFile(new URL('../../events/env', import.meta.url), 'utf8');
  const known = settings.split('\n').filter((line) => /^(CONNECT_|LEDGER_|OTP_BRAND)/.test(line));
  const set = known.flatMap((line) => ['--set', line]);
  const place = ['--region', config.region, '--user-pool', config.userPoolId, '--endpoint-url', endpoint];
  const env = { AWS_ACCESS_KEY_ID: config.accessKeyId, AWS_SECRET_ACCESS_KEY: config.secretAccessKey };
  const { stdout } = await promisify(execFile)(`${BINARIES}/voice-otp`, [...command, ...place, ...set], { env });
  return stdout;
}

/** Does an operation of Cognito's, and resolves to its answer. */
export function cognito(stack, operation, request) {
  const { userPoolId: UserPoolId } = stack.config;
  return send(stack, 'cognito-idp', '1.1', `AWSCognitoIdentityProviderService.${operation}`, { UserPoolId, ...request });
}

/** Does an operation of DynamoDB's on the ledger, and resolves to its answer. */
export function dynamodb(stack, operation, request) {
  const { ledgerTableName: TableName } = stack.config;
  return send(stack, 'dynamodb', '1.0', `DynamoDB_20120810.${operation}`, { TableName, ...request });
}

async function send({ endpoint, config }, service, version, target, request) {
  const body = JSON.stringify(request);
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const headers = {
    'content-type': `application/x-amz-json-${version}`,
    host: new URL(endpoint).host,
    'x-amz-date': date,
    'x-amz-target': target,
  };
  const authorization = signature(config, service, headers, body);
  const response = await fetch(endpoint, { method: 'POST', headers: { ...headers, authorization }, body });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${target}: ${JSON.stringify(answer)}`);
  return answer;
}

/** AWS Signature Version 4 of `POST /`. */
function signature({ accessKeyId, secretAccessKey, region }, service, headers, body) {
  const date = headers['x-amz-date'];
  const scope = [date.slice(0, 8), region, service, 'aws4_request'];
  const signed = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ['POST', '/', '', lines.join(''), signed, sha256(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce(hmac, `AWS4${secretAccessKey}`);
  const credential = `${accessKeyId}/${scope.join('/')}`;
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed}, Signature=${hmac(key, text).toString('hex')}`;
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key, text) {
  return createHmac('sha256', key).update(text).digest();
}
