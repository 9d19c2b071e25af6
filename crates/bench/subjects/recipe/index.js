// Draws a code and has Connect speak it.

const AWS = require('aws-sdk');

const connect = new AWS.Connect({ endpoint: process.env.AWS_ENDPOINT_URL_CONNECT });

exports.handler = async (event) => {
  const code = String(Math.floor(Math.random() * 1000000)).padStart(6, '0');
  await connect
    .startOutboundVoiceContact({
      InstanceId: process.env.INSTANCE_ID,
      ContactFlowId: process.env.CONTACT_FLOW_ID,
      SourcePhoneNumber: process.env.SOURCE_PHONE_NUMBER,
      DestinationPhoneNumber: event.request.userAttributes.phone_number,
      Attributes: { VoiceMFA: code },
    })
    .promise();
  event.response.publicChallengeParameters = { phone: event.request.userAttributes.phone_number.slice(-4) };
  event.response.privateChallengeParameters = { code };
  return event;
};
