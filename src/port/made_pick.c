#include "port/made_pick.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* The weights, scaled so that their mean is 1; NULL: no memory. */
static double *made_pick_weigh(uint32_t count, double skew)
{
	double *weights = malloc(count * sizeof(*weights));
	double sum = 0;

	if (!weights)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		weights[i] = pow((double)i + 1, -skew);
		sum += weights[i];
	}
	for (uint32_t i = 0; i < count; i++)
		weights[i] *= (double)count / sum;
	return weights;
}

/*
 * Every slot below the mean is filled up from one above it. `order` holds the
 * small ones from the front and the large ones from the back.
 */
static void made_pick_fill(struct made_pick_slot *slots, double *weights,
			   uint32_t *order, uint32_t count)
{
	uint32_t small = 0;
	uint32_t large = count;

	for (uint32_t i = 0; i < count; i++) {
		slots[i] = (struct made_pick_slot){UINT32_MAX, i};
		if (weights[i] < 1)
			order[small++] = i;
		else
			order[--large] = i;
	}
	while (small > 0 && large < count) {
		uint32_t s = order[--small];
		uint32_t l = order[large];

		slots[s].keep = (uint32_t)(weights[s] * 4294967295.0);
		slots[s].other = l;
		weights[l] -= 1 - weights[s];
		if (weights[l] < 1) {
			large++;
			order[small++] = l;
		}
	}
}

bool made_pick_open(struct made_pick *p, uint32_t count, double skew,
		    struct err *e)
{
	uint32_t *order;
	double *weights;

	assert(count > 0);
	*p = (struct made_pick){.count = count};
	if (skew <= 0)
		return true;
	p->slots = malloc(count * sizeof(*p->slots));
	weights = made_pick_weigh(count, skew);
	order = malloc(count * sizeof(*order));
	if (p->slots && weights && order)
		made_pick_fill(p->slots, weights, order, count);
	else
		made_pick_close(p);
	free(weights);
	free(order);
	if (!p->slots)
		return err_set(e, EXIT_USAGE,
			       "made traffic: no memory for %u flows", count);
	return true;
}

void made_pick_close(struct made_pick *p)
{
	free(p->slots);
	p->slots = NULL;
}
