"""The cached balance as a Django view: the same admission, action and headers as api_v2/door.py, Django's request."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from api_v2 import limits, replies
from api_v2.actions import ACTIONS
from api_v2.admission import admit
from api_v2.dialects import DIALECTS
from kit import clock
from kit.client_address import client_address


@csrf_exempt
def api_v2(request: HttpRequest) -> HttpResponse:
    """Answer a good request; what door.py does with a bad one is left out, in this view's favour."""
    action = ACTIONS[request.POST["action"]]
    address = client_address(request.META["REMOTE_ADDR"], "", ())
    admission = admit(address, request.POST["key"], free=action.free, free_by_form=action.free)
    assert admission.caller is not None
    result = action.run(admission.caller, action.read(request.POST.dict(), admission.caller.dialect))
    headers = limits.headers(admission.layers, admission.denied_by, clock.milliseconds())
    content = replies.written(DIALECTS[admission.caller.dialect].render(result))
    return HttpResponse(content, content_type="application/json", headers=dict(headers))


urlpatterns = [path("api/v2", api_v2)]
