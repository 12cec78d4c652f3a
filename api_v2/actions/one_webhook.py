"""How actions are told which webhook is meant."""

from collections.abc import Mapping

from api_v2.actions.declaration import Action, Kind, Parameter
from api_v2.actions.exemplary import WEBHOOK
from api_v2.verdict import Caller
from orders.parameters import InvalidParameter, MissingParameter
from webhooks.models import Endpoint
from webhooks.queries import EndpointNotFound, endpoint_of_key


class OneWebhook(Action):
    """An action on one of the key's own webhooks. Another key's, of the same account too, is not found."""

    parameters = (
        Parameter("webhook", "A webhook's id, as `webhook.add` answered it.", WEBHOOK, required=True, kind=Kind.ID),
    )
    errors = (MissingParameter, EndpointNotFound)

    def read(self, params: Mapping[str, str], dialect: str) -> dict[str, str]:
        """Return the parameters this action knows.

        :raises MissingParameter: where there is none.
        :raises EndpointNotFound: where it is no text, as with any other that names nothing.
        """
        try:
            return super().read(params, dialect)
        except InvalidParameter:
            raise EndpointNotFound from None

    def meant(self, caller: Caller, params: Mapping[str, str]) -> Endpoint:
        """Return the endpoint that the caller means, removed or not.

        :raises EndpointNotFound: where the caller's key has none of this id.
        """
        return endpoint_of_key(caller.key_id, params["webhook"])
