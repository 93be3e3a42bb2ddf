#include "port/filter_code.h"

#include <assert.h>
#include <errno.h>
#include <net/if_arp.h>
#include <sys/socket.h>

void filter_code_init(struct filter_code *code)
{
	code->count = 0;
	code->full = false;
}

static void filter_code_put(struct filter_code *code, struct sock_filter insn)
{
	if (code->count == BPF_MAXINSNS) {
		code->full = true;
		return;
	}
	code->insns[code->count++] = insn;
}

static void filter_code_put_load(struct filter_code *code, int word)
{
	filter_code_put(code, (struct sock_filter)BPF_STMT(
				      BPF_LD | BPF_W | BPF_ABS,
				      (uint32_t)(SKF_AD_OFF + word)));
}

static void filter_code_put_jump(struct filter_code *code, uint32_t distance)
{
	filter_code_put(
		code, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, distance));
}

static void filter_code_put_equal(struct filter_code *code, uint32_t k,
				  uint8_t jump_true, uint8_t jump_false)
{
	filter_code_put(code,
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						     k, jump_true, jump_false));
}

void filter_code_put_return(struct filter_code *code, uint32_t keep)
{
	filter_code_put(code,
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, keep));
}

void filter_code_put_ifaces(struct filter_code *code, const uint32_t *ifaces,
			    unsigned count)
{
	/* Each row jumps behind the rejecting return, by a far jump. */
	filter_code_put_load(code, SKF_AD_IFINDEX);
	for (unsigned i = 0; i < count; i++) {
		filter_code_put_equal(code, ifaces[i], 0, 1);
		filter_code_put_jump(code, 2 * (count - 1 - i) + 1);
	}
	filter_code_put_return(code, 0);
}

/* Is it a load from the packet, at an offset fixed in the program? */
static bool filter_insn_is_load(const struct bpf_insn *insn)
{
	unsigned class = BPF_CLASS(insn->code);
	unsigned mode = BPF_MODE(insn->code);

	return (class == BPF_LD && (mode == BPF_ABS || mode == BPF_IND)) ||
	       (class == BPF_LDX && mode == BPF_MSH);
}

static bool filter_insn_is_length(const struct bpf_insn *insn)
{
	unsigned class = BPF_CLASS(insn->code);

	return (class == BPF_LD || class == BPF_LDX) &&
	       BPF_MODE(insn->code) == BPF_LEN;
}

static bool filter_insn_rebase(struct sock_filter *to,
			       const struct bpf_insn *insn,
			       enum filter_base base)
{
	if (base == FILTER_BASE_START)
		return true;
	if (filter_insn_is_length(insn))
		return base != FILTER_BASE_PAYLOAD;
	/* Words that the kernel knows of a packet have no place in it. */
	if (!filter_insn_is_load(insn) || (int32_t)insn->k < 0)
		return true;
	if (insn->k > FILTER_NETWORK_MAX)
		return false;
	to->k = insn->k + (uint32_t)SKF_NET_OFF;
	return true;
}

bool filter_code_put_program(struct filter_code *code,
			     const struct bpf_program *program,
			     enum filter_base base, uint32_t keep)
{
	unsigned before = code->count;

	for (unsigned i = 0; i < program->bf_len; i++) {
		const struct bpf_insn *insn = &program->bf_insns[i];
		struct sock_filter to = {
			.code = insn->code,
			.jt = insn->jt,
			.jf = insn->jf,
			.k = insn->k,
		};

		if (keep != 0 && insn->code == (BPF_RET | BPF_K) &&
		    insn->k != 0)
			to.k = keep;
		if (!filter_insn_rebase(&to, insn, base)) {
			code->count = before;
			return false;
		}
		filter_code_put(code, to);
	}
	if (code->full)
		code->count = before;
	return !code->full;
}

static bool filter_code_put_side(struct filter_code *code,
				 const struct bpf_program *program,
				 enum filter_base base, uint32_t snaplen)
{
	if (program != NULL)
		return filter_code_put_program(code, program, base, snaplen);
	filter_code_put_return(code, 0);
	return !code->full;
}

bool filter_code_put_choice(struct filter_code *code,
			    const struct bpf_program *ethernet,
			    const struct bpf_program *raw, uint32_t snaplen)
{
	unsigned before = code->count;
	unsigned far = before + 4;

	filter_code_put_load(code, SKF_AD_HATYPE);
	filter_code_put_equal(code, ARPHRD_ETHER, 2, 0);
	filter_code_put_equal(code, ARPHRD_LOOPBACK, 1, 0);
	filter_code_put_jump(code, 1);
	/* Its distance is known when the raw program stands. */
	filter_code_put_jump(code, 0);
	if (filter_code_put_side(code, raw, FILTER_BASE_LINK, snaplen) &&
	    !code->full) {
		code->insns[far].k = code->count - far - 1;
		if (filter_code_put_side(code, ethernet, FILTER_BASE_START,
					 snaplen))
			return true;
	}
	code->count = before;
	return false;
}

bool filter_code_attach(int fd, const struct filter_code *code)
{
	/* The kernel's struct has no const, and only reads. */
	struct sock_filter *insns =
		(struct sock_filter *)(uintptr_t)code->insns;
	struct sock_fprog program = {
		.len = (unsigned short)code->count,
		.filter = insns,
	};

	assert(code->count > 0);
	if (code->full) {
		errno = EINVAL;
		return false;
	}
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program)) == 0;
}
