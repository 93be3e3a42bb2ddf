#include "lab/service.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE_BODY_DEFAULT 200
#define SERVICE_BODY_MAX     UINT64_C(1000000000000)

enum service_kind {
	SERVICE_ECHO,	  /* what comes in goes out */
	SERVICE_DISCARD,  /* nothing goes out */
	SERVICE_ENDLESS,  /* a pattern, until the peer closes */
	SERVICE_GREETING, /* a first line, then echo */
	SERVICE_HTTP,	  /* GET /bytes/N */
};

static const struct service_port {
	uint16_t port;
	uint8_t kind;
} service_ports[] = {
	{7, SERVICE_ECHO},	{9, SERVICE_DISCARD}, {19, SERVICE_ENDLESS},
	{22, SERVICE_GREETING}, {80, SERVICE_HTTP},   {443, SERVICE_HTTP},
	{8080, SERVICE_HTTP},
};

static const struct service_port *service_find(uint16_t port)
{
	size_t count = sizeof(service_ports) / sizeof(service_ports[0]);

	for (size_t i = 0; i < count; i++)
		if (service_ports[i].port == port)
			return &service_ports[i];
	return NULL;
}

bool service_exists(uint16_t port)
{
	return service_find(port) != NULL;
}

void service_start(struct service *v, uint16_t port)
{
	static const char greeting[] = "SSH-2.0-rawtop_lab\r\n";
	const struct service_port *row = service_find(port);

	assert(row != NULL);
	v->kind = row->kind;
	if (v->kind == SERVICE_ENDLESS)
		v->end = UINT64_MAX / 2;
	if (v->kind == SERVICE_GREETING) {
		v->kind = SERVICE_ECHO;
		v->buf_len = sizeof(greeting) - 1;
		memcpy(v->buf, greeting, v->buf_len);
		v->end = v->buf_len;
	}
}

/* Does it keep what it takes? */
static bool service_keeps(const struct service *v)
{
	return v->kind == SERVICE_ECHO ||
	       (v->kind == SERVICE_HTTP && !v->answered);
}

size_t service_room(const struct service *v)
{
	return service_keeps(v) ? SERVICE_BUF_SIZE - v->buf_len : 65535;
}

/* The number of bytes asked for: "GET /bytes/1000 HTTP/1.1". */
static uint64_t service_parse_request(const uint8_t *bytes, size_t n)
{
	static const char want[] = "GET /bytes/";
	size_t at = sizeof(want) - 1;
	uint64_t body = 0;

	if (n <= at || memcmp(bytes, want, at) != 0)
		return SERVICE_BODY_DEFAULT;
	for (; at < n && bytes[at] >= '0' && bytes[at] <= '9'; at++) {
		body = body * 10 + (uint64_t)(bytes[at] - '0');
		if (body > SERVICE_BODY_MAX)
			return SERVICE_BODY_MAX;
	}
	return body;
}

static void service_answer(struct service *v)
{
	uint64_t body = service_parse_request(v->buf, v->buf_len);
	int len = snprintf((char *)v->buf, sizeof(v->buf),
			   "HTTP/1.1 200 OK\r\nServer: rawtop-lab\r\n"
			   "Content-Type: text/plain\r\n"
			   "Content-Length: %llu\r\nConnection: close\r\n\r\n",
			   (unsigned long long)body);

	v->buf_len = (size_t)len;
	v->end = v->buf_len + body;
	v->answered = true;
	v->finished = true;
}

/* Looks for the empty line; the buffer holds the beginning of the request. */
static bool service_request_complete(const struct service *v)
{
	return v->buf_len == SERVICE_BUF_SIZE ||
	       memmem(v->buf, v->buf_len, "\r\n\r\n", 4) != NULL ||
	       memmem(v->buf, v->buf_len, "\n\n", 2) != NULL;
}

size_t service_take(struct service *v, const uint8_t *bytes, size_t n)
{
	if (!service_keeps(v))
		return n;
	if (n > SERVICE_BUF_SIZE - v->buf_len)
		n = SERVICE_BUF_SIZE - v->buf_len;
	memcpy(v->buf + v->buf_len, bytes, n);
	v->buf_len += n;
	if (v->kind == SERVICE_ECHO)
		v->end += n;
	else if (service_request_complete(v))
		service_answer(v);
	return n;
}

void service_end(struct service *v, uint64_t sent)
{
	/* A request that was cut short gets no answer. */
	if (v->kind == SERVICE_HTTP && !v->answered) {
		v->buf_len = 0;
		v->answered = true;
	}
	if (v->kind == SERVICE_ENDLESS && !v->finished)
		v->end = sent;
	v->finished = true;
}

void service_forget(struct service *v, uint64_t position)
{
	size_t old;

	if (v->kind != SERVICE_ECHO)
		return;
	/* The position may lie behind the FIN, which is no byte. */
	if (position > v->buf_base + v->buf_len)
		position = v->buf_base + v->buf_len;
	old = (size_t)(position - v->buf_base);
	memmove(v->buf, v->buf + old, v->buf_len - old);
	v->buf_len -= old;
	v->buf_base = position;
}

void service_read(const struct service *v, uint64_t position, uint8_t *out,
		  size_t n)
{
	static const char pattern[] = "rawtop lab 0123456789 abcdefghijklmnopq"
				      "rstuvwxyz ABCDEFGHIJKLM\n";
	uint64_t buf_end = v->buf_base + v->buf_len;

	assert(position >= v->buf_base && position + n <= v->end);
	for (size_t i = 0; i < n; i++, position++)
		out[i] = position < buf_end
				 ? v->buf[position - v->buf_base]
				 : (uint8_t)pattern[(position - buf_end) %
						    (sizeof(pattern) - 1)];
}
