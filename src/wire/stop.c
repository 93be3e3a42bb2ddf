#include "wire/view.h"

static const char *const stop_labels[] = {
#define STOP(name, label, help) [VIEW_##name] = (label),
#include "wire/stop.def"
#undef STOP
};

const char *view_stop_label(enum view_stop stop)
{
	return stop < VIEW_STOP_COUNT ? stop_labels[stop] : "?";
}
