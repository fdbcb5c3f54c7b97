import { errors } from 'undici';
import {
	describeNetworkError,
	isPermanentErrorCode,
	NETWORK_ERROR_CODES,
	networkFailure,
	TransportError,
} from '../../../lib/transport/networkErrors';

function coded(code: string, message = 'secret-path?token=hush'): Error {
	return Object.assign(new Error(message), { code });
}

test.each([
	['ECONNREFUSED', 'ECONNREFUSED'],
	['ECONNRESET', 'ECONNRESET'],
	['EPIPE', 'EPIPE'],
	['ENOTFOUND', 'ENOTFOUND'],
	['EAI_AGAIN', 'EAI_AGAIN'],
	['EAI_FAIL', 'EAI_AGAIN'],
	['ESERVFAIL', 'EAI_AGAIN'],
	['ENODATA', 'ENOTFOUND'],
	['ETIMEDOUT', 'ETIMEDOUT'],
	['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'],
	['UND_ERR_HEADERS_TIMEOUT', 'TIMEOUT'],
	['UND_ERR_SOCKET', 'UND_ERR_SOCKET'],
	['UND_ERR_HEADERS_OVERFLOW', 'HEADERS_TOO_LARGE'],
	['UND_ERR_INVALID_ARG', 'INVALID_REQUEST'],
	['UND_ERR_DESTROYED', 'CONNECTION_CLOSED'],
	['HPE_INVALID_CONSTANT', 'INVALID_RESPONSE'],
	['HPE_HEADER_OVERFLOW', 'HEADERS_TOO_LARGE'],
	['CERT_HAS_EXPIRED', 'CERT_HAS_EXPIRED'],
	['DEPTH_ZERO_SELF_SIGNED_CERT', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
	['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_TLS_CERT_ALTNAME_INVALID'],
	['CERT_SIGNATURE_FAILURE', 'TLS_FAILED'],
	['ERR_TLS_HANDSHAKE_TIMEOUT', 'TLS_FAILED'],
	['ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO'],
	['EPROTO', 'EPROTO'],
	['EMFILE', 'EMFILE'],
	['ESOMETHING', 'NETWORK_ERROR'],
	['toString', 'NETWORK_ERROR'],
])('%s becomes %s, in words that name the host and nothing of the message', (code, expected) => {
	const failure = describeNetworkError(coded(code), 'api.example:8443');
	expect(failure.code).toBe(expected);
	expect(failure.message).toMatch(/^api\.example:8443 \w+/);
	expect(failure.message).not.toMatch(/hush|secret/);
});

test('an error of several addresses counts as the first of them', () => {
	const several = new AggregateError([coded('EHOSTUNREACH'), coded('ECONNREFUSED')]);
	expect(describeNetworkError(several, 'a.example').code).toBe('EHOSTUNREACH');
});

test('the cause is looked at when the error has no code', () => {
	const error = new Error('outer', { cause: coded('ECONNRESET') });
	expect(describeNetworkError(error, 'a.example').code).toBe('ECONNRESET');
});

test.each([undefined, null, 'text', 5, {}, new Error('plain')])(
	'%p is a network error',
	(error) => {
		expect(describeNetworkError(error, 'a.example').code).toBe('NETWORK_ERROR');
	},
);

test("undici's own errors are known", () => {
	expect(describeNetworkError(new errors.ConnectTimeoutError(), 'a').code).toBe('ETIMEDOUT');
	expect(describeNetworkError(new errors.SocketError(), 'a').code).toBe('UND_ERR_SOCKET');
	expect(describeNetworkError(new errors.ClientClosedError(), 'a').code).toBe('CONNECTION_CLOSED');
});

test('an error of ours keeps its words, also when another copy of the module made it', () => {
	const own = new TransportError('PROXY_REFUSED', 'the proxy does not like it');
	const expected = { code: 'PROXY_REFUSED', message: 'the proxy does not like it' };
	expect(describeNetworkError(own, 'a.example')).toEqual(expected);
	jest.isolateModules(() => {
		const other = jest.requireActual<typeof import('../../../lib/transport/networkErrors')>(
			'../../../lib/transport/networkErrors',
		);
		expect(other.TransportError).not.toBe(TransportError);
		const foreign = new other.TransportError('PROXY_REFUSED', 'the proxy does not like it');
		expect(describeNetworkError(foreign, 'a.example')).toEqual(expected);
	});
});

test('only what repeating cannot mend is permanent', () => {
	expect(NETWORK_ERROR_CODES.filter(isPermanentErrorCode)).toEqual([
		'EGRESS_BLOCKED',
		'CREDENTIAL_NOT_ALLOWED',
		'INVALID_REQUEST',
	]);
});

test('a detail stands in parentheses', () => {
	expect(networkFailure('TIMEOUT', 'a.example', '2000 ms').message).toBe(
		'a.example did not answer in time (2000 ms)',
	);
});
